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
import { ResponseObject, responseOf } from './response-object.ts'
import { createResponseRenderer } from './response-renderer.ts'
import { modelRequestOf, responseNames, ResponseRequest } from './response-request.ts'

export function addResponses(app: App, edge: Edge): void {
  app.post(
    '/responses',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['ask', 'models'], repeatable: true, remembers: true },
      schema: {
        tags: openaiTags,
        summary: 'A response of an agent, or of a raw model.',
        description:
          'Nothing is stored: the whole conversation comes with each request (`store: false`), and reasoning to go on from in `encrypted_content`. With `agent/<handle>` the last message is the question, those before are untrusted history; citations are annotations. A stream begins with the first content; a failure after that is `response.failed` with what had come, followed by `error`.',
        headers: Type.Object({ ...repeatHeaders.properties, ...purposeHeaders.properties, ...answerHeaders }),
        body: ResponseRequest,
        response: {
          200: {
            description: 'The reply.',
            content: {
              'application/json': { schema: ResponseObject },
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
        await openAnswer({ request, reply }, asked, { edge, names: responseNames, whole: body.stream !== true }),
      )
      if (body.stream !== true) {
        const whole = valueOf(await wholeAnswer(answer))
        return named(reply, whole.start).type('application/json').send(responseOf(whole, body))
      }
      const opened = valueOf(await openFrames(answer, (start) => createResponseRenderer(start, body)))
      return sendFrames(named(reply, opened.start), opened.frames, edge.heartbeatMs)
    },
  )
}
