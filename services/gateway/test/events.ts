export type ReceivedEvent = { id?: string; event?: string; data: unknown }

/** Reads server-sent events, one by one, as they come. Comment lines are events named `comment`. Throws when the connection is cut. */
export async function* eventsIn(response: Response): AsyncGenerator<ReceivedEvent> {
  if (!response.body) throw new Error('A response without a body')
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    rest += text
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      yield eventOf(rest.slice(0, end))
      rest = rest.slice(end + 2)
    }
  }
}

function eventOf(block: string): ReceivedEvent {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w*: ?/, '')]),
  )
  const { id, event, data } = fields as { id?: string; event?: string; data?: string }
  if (data === undefined) return { event: 'comment', data: block }
  const value: unknown = data === '[DONE]' ? data : JSON.parse(data)
  return { ...(id !== undefined && { id }), ...(event !== undefined && { event }), data: value }
}

/** All of them. */
export async function allEventsIn(response: Response): Promise<ReceivedEvent[]> {
  const events: ReceivedEvent[] = []
  for await (const event of eventsIn(response)) events.push(event)
  return events
}
