/** For the `default` of a `switch` that must cover a closed union: does not compile when a case is missing, throws if reached. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}
