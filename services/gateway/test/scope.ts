/** Something that runs clean-ups when it ends: a test, or a process. */
export type Scope = { after(cleanup: () => unknown): void }
