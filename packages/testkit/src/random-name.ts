import { randomBytes } from 'node:crypto'

/** A name that no other test has: `<name>_<10 random characters>`, in letters that PostgreSQL, NATS and Elasticsearch all take unquoted. */
export function randomName(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_${randomBytes(5).toString('hex')}`
}
