/** More than any model writes in one answer; past it, somebody else is answering. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** More than any model writes at once. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024
