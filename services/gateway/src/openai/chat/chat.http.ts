import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { openFrames } from '../../compatible/frames.ts'
import { openAnswer } from '../../compatible/open-answer.ts'
import { answerHeaders, dropsUnsupported } from '../../compatible/own-fields.ts'
import { bodyLimitBytes, named } from '../../compatible/replies.ts'
import { wholeAnswer } from '../../compatible/whole-answer.ts'
import { type Edge, valueOf } from '../../edge/edge.ts'
import { purposeHeaders, repeatHeaders } from '../../edge/route-schema.ts'
import { sendFrames } from '../../event-stream/event-stream.ts'
import { openaiErrors, openaiTags } from '../openai-errors.ts'
import { ChatRequest, chatNames, modelRequestOf } from './chat-request.ts'
import { createChatRenderer } from './chat-renderer.ts'
import { ChatCompletion, chatCompletionOf } from './chat-response.ts'

export function addChat(app: App, edge: Edge): void {
  app.post(
    '/chat/completions',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['ask', 'models'], repeatable: true, remembers: true },
      schema: {
        tags: openaiTags,
        summary: 'A chat with an agent, or with a raw model.',
        description:
          'With `agent/<handle>` the last message is the question, those before are untrusted history; citations are `annotations`. A stream begins with the first content; a failure after that is an event with `error`, and `[DONE]` does not come.',
        headers: Type.Object({ ...repeatHeaders.properties, ...purposeHeaders.properties, ...answerHeaders }),
        body: ChatRequest,
        response: {
          200: {
            description: 'The reply.',
            content: {
              'application/json': { schema: ChatCompletion },
              'text/event-stream': { schema: Type.String() },
            },
          },
          ...openaiErrors,
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const asked = valueOf(modelRequestOf(body, dropsUnsupported(request, body)))
      const answer = valueOf(
        await openAnswer({ request, reply }, asked, { edge, names: chatNames, whole: body.stream !== true }),
      )
      if (body.stream !== true) {
        const whole = valueOf(await wholeAnswer(answer))
        return named(reply, whole.start).type('application/json').send(chatCompletionOf(whole))
      }
      const includeUsage = body.stream_options?.include_usage === true
      const opened = valueOf(await openFrames(answer, (start) => createChatRenderer(start, { includeUsage })))
      return sendFrames(named(reply, opened.start), opened.frames, edge.heartbeatMs)
    },
  )
}
