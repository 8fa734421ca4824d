/**
 * What a helper needs of a test: a place to leave its clean-up. The context of `node:test` has it; so has `{ after }` from `node:test` for a whole file,
 * and a bench can pass an object of its own.
 */
export type TestScope = { after: (cleanUp: () => void | Promise<void>) => void }
