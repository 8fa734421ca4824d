import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { openFrames } from '../compatible/frames.ts'
import { openAnswer } from '../compatible/open-answer.ts'
import { answerHeaders, dropsUnsupported } from '../compatible/own-fields.ts'
import { bodyLimitBytes, named } from '../compatible/replies.ts'
import { wholeAnswer } from '../compatible/whole-answer.ts'
import { type Edge, valueOf } from '../edge/edge.ts'
import { purposeHeaders, repeatHeaders } from '../edge/route-schema.ts'
import { sendFrames } from '../event-stream/event-stream.ts'
import { anthropicErrors, anthropicTags } from './anthropic-errors.ts'
import { createMessageRenderer } from './message-renderer.ts'
import { messageNames, MessageRequest, modelRequestOf } from './message-request.ts'
import { Message, messageOf } from './message-response.ts'

export function addMessagesApi(app: App, edge: Edge): void {
  app.post(
    '/messages',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['ask', 'models'], repeatable: true, remembers: true },
      schema: {
        tags: anthropicTags,
        summary: 'A message of an agent, or of a raw model.',
        description:
          'With `agent/<handle>` the last message is the question, those before are untrusted history; citations are those of search results. A stream begins with the first content; a failure after that is an `error` event, and `message_stop` does not come.',
        headers: Type.Object({ ...repeatHeaders.properties, ...purposeHeaders.properties, ...answerHeaders }),
        body: MessageRequest,
        response: {
          200: {
            description: 'The reply.',
            content: { 'application/json': { schema: Message }, 'text/event-stream': { schema: Type.String() } },
          },
          ...anthropicErrors,
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const asked = valueOf(modelRequestOf(body, dropsUnsupported(request, body)))
      const answer = valueOf(
        await openAnswer({ request, reply }, asked, { edge, names: messageNames, whole: body.stream !== true }),
      )
      if (body.stream !== true) {
        const whole = valueOf(await wholeAnswer(answer))
        return named(reply, whole.start).type('application/json').send(messageOf(whole))
      }
      const opened = valueOf(await openFrames(answer, (start) => createMessageRenderer(start, request.id)))
      return sendFrames(named(reply, opened.start), opened.frames, edge.heartbeatMs)
    },
  )
}
