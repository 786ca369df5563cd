// Payloads as published. JSON.parse does not keep them: a number beyond 2^53 loses digits.

/** A batch as received; keeps its line, and finds the payloads when the first is asked for. */
export class BatchText {
  #line;
  #payloads;

  constructor(line) {
    this.#line = line;
  }

  /** The JSON text of the payload of the message at this index. */
  payload(index) {
    this.#payloads ??= payloadTexts(this.#line);
    return this.#payloads[index];
  }
}

/** The JSON text of each payload of a batch that JSON.parse has found to be valid. */
function payloadTexts(line) {
  const texts = [];
  let at = 0;
  const skip = (pattern) => {
    pattern.lastIndex = at;
    pattern.test(line);
    at = pattern.lastIndex;
  };

  function string() {
    const start = at;
    for (let isEscaped = true; isEscaped; ) {
      at = line.indexOf('"', at + 1);
      let before = at - 1;
      while (line[before] === "\\") {
        before--;
      }
      isEscaped = (at - before) % 2 === 0;
    }
    at++;
    return line.slice(start, at);
  }

  /** Skips a value; `path` has the names that lead to it, with "" for the elements of an array. */
  function value(path) {
    skip(SPACE);
    const start = at;
    if (line[at] === '"') {
      string();
    } else if (line[at] === "{" || line[at] === "[") {
      const close = line[at] === "{" ? "}" : "]";
      at++;
      for (skip(SPACE); line[at] !== close; skip(BETWEEN)) {
        const name = close === "}" ? string() : '""';
        skip(BETWEEN);
        value(path.length < PAYLOAD.length ? [...path, JSON.parse(name)] : TOO_DEEP);
      }
      at++;
    } else {
      skip(SCALAR);
    }
    if (path.length === PAYLOAD.length && path.every((name, i) => name === PAYLOAD[i])) {
      texts.push(line.slice(start, at));
    }
  }

  value([]);
  return texts;
}

const PAYLOAD = ["messages", "", "Payload"];
const TOO_DEEP = [...PAYLOAD, ""];
const SPACE = /\s*/y;
const BETWEEN = /[\s,:]*/y;
const SCALAR = /[^\s,\]}]+/y;
