import type { FastifyReply } from 'fastify'
import type { Start } from './answer-event.ts'

/** Room for images, and within what one message of the bus may be. */
export const bodyLimitBytes = 6 * 1024 * 1024

/** Says with the answer what served it and why, and what else is to be known, such as a budget that is over its limit. */
export function named(reply: FastifyReply, { route, notes = [] }: Pick<Start, 'route' | 'notes'>): FastifyReply {
  if (route !== undefined) reply.header('x-tessera-route', plain(route))
  if (notes.length > 0) reply.header('x-tessera-notes', plain(notes.join('; ')))
  return reply
}

/** A header takes no other characters; names of models may have them. */
const plain = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, '?')
