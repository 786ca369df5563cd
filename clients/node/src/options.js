// Options that no call knows are refused. A misspelt one would change nothing in silence: a client
// would wait for the broker at the usual place.

/** Throws TypeError unless these are options of these names. */
export function check(options, ...names) {
  if (options === null || typeof options !== "object") {
    throw new TypeError(`the options must be an object with ${names.join(", ")}, not ${options}`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new TypeError(`there is no option ${JSON.stringify(name)}; known: ${names.join(", ")}`);
    }
  }
}

// What setTimeout can wait; with more it would be over at once.
const MILLIS_MAX = 2 ** 31 - 1;

/** Returns the timeout, unless it is no number of milliseconds; then it throws RangeError. */
export function checkedTimeout(timeout) {
  if (typeof timeout !== "number" || !(timeout >= 0 && timeout <= MILLIS_MAX)) {
    throw new RangeError(
      `the timeout must be a number of milliseconds, at most ${MILLIS_MAX}, not ${timeout}`,
    );
  }
  return timeout;
}
