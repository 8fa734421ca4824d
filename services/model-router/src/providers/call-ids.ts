import { createHash } from 'node:crypto'

/** An id of a call as a protocol takes it: as it is, or, where another provider made one that doesn't fit, one made of it, always the same. */
export const callIdFitting = (fits: RegExp, length: number) => (id: string) =>
  fits.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, length)
