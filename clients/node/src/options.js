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
