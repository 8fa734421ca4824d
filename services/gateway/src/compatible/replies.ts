import type { FastifyReply } from 'fastify'
import type { Start } from './answer-event.ts'

/** Room for images, and within what one message of the bus may be. */
export const bodyLimitBytes = 6 * 1024 * 1024

/** Says with the answer what served it and why. */
export function named(reply: FastifyReply, { route }: Start): FastifyReply {
  // A header takes no other characters; names of models may have them.
  return route === undefined ? reply : reply.header('x-tessera-route', route.replaceAll(/[^\x20-\x7e]/g, '?'))
}
