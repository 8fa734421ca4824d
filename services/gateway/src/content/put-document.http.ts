import fastifyMultipart from '@fastify/multipart'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { TextMediaType } from '@tessera/shared/contracts/media-types'
import { maxContentCharacters } from '@tessera/shared/contracts/retrieval'
import type { App } from '@tessera/shared/http/create-app'
import { problems } from '@tessera/shared/http/problem'
import { strict } from '@tessera/shared/http/strict'
import { type Static, Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { shown, writeProblems } from '../edge/route-schema.ts'
import { documentAddress, documentParams } from './documents.http.ts'
import { DocumentPart, takeFile } from './take-file.ts'

const { putDocument } = connectorsContract.operations
const { content, access } = putDocument.input.properties

/** A text, as JSON. */
const JsonDocument = Type.Object({
  content: Type.Object({
    ...Type.Omit(content, ['mediaType', 'text', 'file']).properties,
    mediaType: TextMediaType,
    text: Type.String({ maxLength: maxContentCharacters }),
  }),
  access,
})
const FormDocument = Type.Object({
  document: DocumentPart,
  file: Type.Unsafe<unknown>({
    type: 'string',
    format: 'binary',
    description: 'With its name or its type, which say how it is read.',
  }),
})

/** Takes files as well as JSON, so it has a parser of its own: for a part of the routes by itself. */
export async function addPutDocument(app: App, edge: Edge): Promise<void> {
  await app.register(fastifyMultipart, { isPartAFile: (name) => name === 'file' })
  app.put(
    documentAddress,
    {
      // As much JSON as one message on the bus may hold; a file is handed on in parts.
      bodyLimit: 8 * 1024 * 1024,
      config: { scopes: ['push'] },
      // The parts of a form are checked as they come.
      preValidation: async (request) => {
        if (request.isMultipart()) request.body = {}
      },
      schema: {
        tags: ['content'],
        summary: putDocument.summary,
        description:
          'A text as JSON, or any file that is read (PDF, Word, PowerPoint, Excel, OpenDocument, RTF, mail, HTML, CSV, source code, …) as `multipart/form-data` with the parts `document` (JSON) and `file`. Attachments of a mail become documents of their own, under its rights.',
        params: documentParams(1000),
        querystring: Type.Object({
          wait: Type.Optional(
            Type.Literal('indexed', { description: 'Answers once search can find it, at most after a minute.' }),
          ),
        }),
        body: {
          content: {
            'application/json': { schema: strict(JsonDocument) },
            'multipart/form-data': { schema: Type.Unsafe<unknown>(Type.Partial(strict(FormDocument))) },
          },
        },
        response: { 200: shown(putDocument.output), ...writeProblems, ...problems(422) },
      },
    },
    async (request, reply) => {
      const { params, query } = request
      const waitIndexed = query.wait === 'indexed'
      const pushed = request.isMultipart()
        ? await takeFile(request, params, (part) =>
            edge.clients.connectors.putFilePart(part, edge.callOf(request, reply)),
          )
        : (request.body as Static<typeof JsonDocument>)
      const input = { ...pushed, ...params, ...(waitIndexed && { waitIndexed }) }
      return edge.answer(request, reply, await edge.clients.connectors.putDocument(input, edge.callOf(request, reply)))
    },
  )
}
