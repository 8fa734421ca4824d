import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { ClientOf, InputOf } from '@tessera/shared/bus/contract'
import { connectorsContract, filePartBytes } from '@tessera/shared/contracts/connectors'
import { type MediaType, mediaTypeOfName, mediaTypes } from '@tessera/shared/contracts/media-types'
import type { Fault, FieldError } from '@tessera/shared/fault/fault'
import { FaultError } from '@tessera/shared/http/fault-error'
import { strict } from '@tessera/shared/http/strict'
import { fieldErrors, InvalidRequest } from '@tessera/shared/http/validation'
import { newId } from '@tessera/shared/ids/ids'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { publicFault } from '../edge/public-fault.ts'

type Operations = (typeof connectorsContract)['operations']
type Put = InputOf<Operations['putDocument']>
type PutPart = (part: InputOf<Operations['putFilePart']>) => ReturnType<ClientOf<Operations['putFilePart']>>

const { content, access } = connectorsContract.operations.putDocument.input.properties

/** What is said of a file that comes with it. */
export const DocumentPart = Type.Object({
  content: Type.Optional(Type.Partial(Type.Omit(content, ['text', 'file']))),
  access,
})
const documentPart = Compile(strict(DocumentPart))

/** Beyond what any file may have: what comes after it is not even looked at. */
const mostBytes = 1024 * 1024 * 1024

/** Reads the two parts of a form, in any order. The file is handed on as it comes, and never whole in memory. */
export async function takeFile(
  request: FastifyRequest,
  { dataSourceId, externalId }: Pick<Put, 'dataSourceId' | 'externalId'>,
  put: PutPart,
): Promise<Pick<Put, 'content' | 'access'>> {
  let said: Static<typeof DocumentPart> | undefined
  let taken: Taken | undefined
  for await (const part of request.parts({
    limits: { parts: 3, files: 1, fileSize: mostBytes, fieldSize: 8 * 1024 * 1024 },
  })) {
    if (part.type === 'file')
      taken = await handOn(part.file, dataSourceId, put).then((file) => ({
        ...file,
        name: part.filename,
        stated: part.mimetype,
      }))
    else if (part.fieldname === 'document') said = documentIn(part.value)
    else throw invalid([{ field: `/${part.fieldname}`, rule: 'is not a known part' }])
  }
  if (!said || !taken) throw invalid([{ field: said ? '/file' : '/document', rule: 'is required' }])
  if (taken.fault) throw new FaultError(publicFault(taken.fault))
  const { uploadId, sizeBytes, sha256 } = taken
  const mediaType = said.content?.mediaType ?? mediaTypeOf(taken, externalId)
  if (!mediaType)
    throw invalid([
      {
        field: '/document/content/mediaType',
        rule: `must be one of ${mediaTypes.join(', ')}; neither the name nor the type of the file tells it`,
      },
    ])
  return { content: { ...said.content, mediaType, file: { uploadId, sizeBytes, sha256 } }, access: said.access }
}

type File = { uploadId: ReturnType<typeof newId<'upl'>>; sizeBytes: number; sha256: string; fault?: Fault }
type Taken = File & { name: string; stated: string }

/** After a refusal the rest of the file is read and thrown away, so that the client gets to hear why. */
async function handOn(file: Readable, dataSourceId: string, put: PutPart): Promise<File> {
  const uploadId = newId('upl')
  const hash = createHash('sha256')
  let fault: Fault | undefined
  let [part, sizeBytes] = [0, 0]
  for await (const bytes of inParts(file)) {
    if (fault) continue
    hash.update(bytes)
    sizeBytes += bytes.length
    const kept = await put({ dataSourceId, uploadId, part: part++, bytes: bytes.toString('base64') })
    if (!kept.ok) fault = kept.fault
  }
  return { uploadId, sizeBytes, sha256: hash.digest('hex'), ...(fault && { fault }) }
}

/** An empty file is one empty part. */
async function* inParts(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let sizeBytes = 0
  let any = false
  for await (const chunk of file) {
    waiting.push(chunk)
    sizeBytes += chunk.length
    while (sizeBytes >= filePartBytes) {
      const all = Buffer.concat(waiting)
      yield all.subarray(0, filePartBytes)
      any = true
      waiting = [all.subarray(filePartBytes)]
      sizeBytes = all.length - filePartBytes
    }
  }
  if (sizeBytes > 0 || !any) yield Buffer.concat(waiting)
}

/** The part of a form is JSON, whether it says so or not. */
function documentIn(value: unknown): Static<typeof DocumentPart> {
  const document = typeof value === 'string' ? parsed(value) : value
  if (documentPart.Check(document)) return document
  throw invalid(
    fieldErrors(documentPart.Errors(document)).map(({ field, rule }) => ({ field: `/document${field}`, rule })),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid([{ field: '/document', rule: 'must be valid JSON' }])
  }
}

const invalid = (errors: FieldError[]) => new InvalidRequest(errors)

function mediaTypeOf({ name, stated }: Taken, externalId: string): MediaType | undefined {
  // Programs that send forms know few types, and call the rest plain text.
  return mediaTypeOfName(name) ?? mediaTypes.find((known) => known === stated) ?? mediaTypeOfName(externalId)
}
