// Refusals of the broker, and unknown outcomes. Each family of reasons has a class.

export class PpmqError extends Error {
  constructor(code, reason) {
    super(reason);
    this.code = code;
    this.name = new.target.name;
  }
}

export class Refused extends PpmqError {
  get final() {
    return true;
  }
}

export class Denied extends Refused {}
export class Malformed extends Refused {}
export class UnknownName extends Refused {}

export class TopicFull extends Refused {
  get final() {
    return false;
  }
}

export class Unavailable extends Refused {
  get final() {
    return false;
  }
}

export class Unreachable extends PpmqError {
  constructor(reason) {
    super("unreachable", reason);
  }
}

export class Unconfirmed extends PpmqError {
  constructor(reason) {
    super("in-doubt", reason);
  }
}

/** The connection ended before the answer came. */
export class Lost extends Error {}

const FAMILIES = new Map([
  ["denied", Denied],
  ["malformed", Malformed],
  ["too-large", Malformed],
  ["unknown-topic", UnknownName],
  ["unknown-subscriber", UnknownName],
  ["not-of-topic", UnknownName],
  ["topic-full", TopicFull],
  ["disk-full", Unavailable],
  ["unavailable", Unavailable],
  ["stopping", Unavailable],
]);

/** The error for an answer with an error. */
export function ofAnswer({ code = "", error }) {
  if (code === "in-doubt") {
    return new Unconfirmed(error);
  }
  return new (FAMILIES.get(code) ?? Refused)(code, error);
}
