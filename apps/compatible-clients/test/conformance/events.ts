import type { WireEvent } from './shape.ts'

/** The server-sent events of a body; comments are left out. */
export const eventsOf = (body: string): WireEvent[] =>
  body
    .split('\n\n')
    .filter((block) => block.trim() !== '' && !block.startsWith(':'))
    .map((block) => {
      const fields = new Map(block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w+: ?/, '')]))
      const data = fields.get('data') ?? ''
      const event = fields.get('event')
      return { ...(event !== undefined && { event }), data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) }
    })
