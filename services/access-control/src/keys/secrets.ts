import { createHash, randomBytes } from 'node:crypto'

const SHOWN_CHARACTERS = 8

/** 256 bits, so a plain SHA-256 keeps it as well as any slow hash would. */
export const newSecret = () => `tsk_${randomBytes(32).toString('base64url')}`
export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
export const prefixOf = (secret: string) => secret.slice(0, SHOWN_CHARACTERS)
