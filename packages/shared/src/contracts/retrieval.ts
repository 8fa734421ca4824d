import { type Static, Type } from 'typebox'
import { call, defineContract } from '../bus/contract.ts'
import { defineFaults } from '../fault/fault.ts'
import { IdOf } from '../ids/ids.ts'
import { Receipt } from './access-control/decisions.ts'
import { Label } from './access-control/common.ts'
import { MediaType } from './media-types.ts'
import { sendingFaults } from './model-router/faults.ts'
import { Name, Revision, Timestamp } from './names.ts'
import { indexOperations } from './retrieval/index-upkeep.ts'
import { Authors, Passage } from './retrieval/passages.ts'
import { search } from './retrieval/search.ts'

export const retrievalFaults = defineFaults('retrieval', {
  unavailable: {
    status: 503,
    title: 'Search is not available',
    remedy: 'Try again shortly; nothing found is never said in its place.',
  },
  'not-found': {
    status: 404,
    title: 'No such passage or document here',
    remedy: 'Check the id; what you may not read is not found either.',
  },
  'unreadable-content': {
    status: 422,
    title: 'The content cannot be read',
    remedy: 'Send valid UTF-8 text of the media type that you state.',
  },
  'too-large': { status: 413, title: 'The content is too large', remedy: 'Split it, or send less.' },
  encrypted: { status: 422, title: 'The file is encrypted', remedy: 'Send it without a password.' },
  damaged: {
    status: 422,
    title: 'The file is damaged',
    remedy: 'Open and save it in its own program, or send another copy.',
  },
  'no-text': {
    status: 422,
    title: 'There is no text in it',
    remedy: 'Pictures of text need text recognition before they are sent.',
  },
  'too-slow': { status: 422, title: 'Reading the file takes too long', remedy: 'Split it, or save it anew.' },
  'too-much-memory': {
    status: 422,
    title: 'Reading the file takes too much memory',
    remedy: 'Split it, or save it anew.',
  },
  'too-deep': {
    status: 422,
    title: 'The file is nested too deeply',
    remedy: 'No program writes such a file to be read.',
  },
  'expands-too-far': {
    status: 422,
    title: 'The file unfolds to too much',
    remedy: 'No program writes such a file to be read.',
  },
  'parser-failed': {
    status: 422,
    title: 'The file ended its parser',
    remedy: 'Open and save it in its own program, or send another copy.',
  },
  changed: { status: 409, title: 'The file changed while it was read', remedy: 'Send it again.' },
  busy: { status: 503, title: 'Too many files are being read', remedy: 'Try again shortly.' },
  behind: {
    status: 503,
    title: 'The index has not reached the revision that was asked for',
    remedy: 'Try again shortly.',
  },
  invalid: { status: 400, title: 'The request breaks a rule', remedy: 'Correct the fields that `errors` names.' },
  conflict: { status: 409, title: 'It was changed meanwhile', remedy: 'Read it again and decide.' },
  'no-draft': {
    status: 422,
    title: 'The model made no digest that can be used',
    remedy: 'See `detail`: ask again, ask another model, or write it yourself.',
  },
  'embedding-failed': {
    status: 502,
    title: 'The embedding model failed',
    remedy: 'Try again; an admin can see which model and why.',
  },
})

/** Why the content of one document cannot be taken in. It costs that document alone, and nothing but another content helps. */
export const contentFaults = [
  'retrieval.unreadable-content',
  'retrieval.too-large',
  'retrieval.encrypted',
  'retrieval.damaged',
  'retrieval.no-text',
  'retrieval.too-slow',
  'retrieval.too-much-memory',
  'retrieval.too-deep',
  'retrieval.expands-too-far',
  'retrieval.parser-failed',
] as const
export type ContentFaultCode = (typeof contentFaults)[number]

/** 4 MiB of text: with JSON's escapes it stays under the 8 MB of one bus message. */
export const maxContentCharacters = 4 * 1024 * 1024

/** The kind that stands in place of a masked text, when it is not the label itself. */
const Kind = Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$', description: 'Shown in place of the text: `[salary]`.' })

/**
 * What a source says of a part of its document (ACCESS.md section 4): each occurrence of `quote` (white space apart) is a span of the label, and its passages carry
 * the label; or all passages under a `heading` of exactly this text carry it. Exactly one of the two. A mark that matches nothing puts its label on all passages.
 */
export const Mark = Type.Object(
  {
    label: Label,
    kind: Type.Optional(Kind),
    quote: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
    heading: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  },
  { additionalProperties: false },
)
export type Mark = Static<typeof Mark>
export const Marks = Type.Array(Mark, { maxItems: 200 })

/** A file that is too large for one message, or no text. `sha256` in hex tells whether what is read is what was meant. */
export const FileFacts = Type.Object({
  sizeBytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** Which one of those in a document: its number and name, as `2/report.pdf`. */
const AttachmentPart = Type.String({ minLength: 1, maxLength: 300 })

/** Something in a document which is a document of its own, and may hold others. It stands under the rights of what it lies in. */
export const Attachment = Type.Object({
  part: AttachmentPart,
  mediaType: Type.Optional(MediaType),
  refused: Type.Optional(
    Type.String({ description: 'Why its content is not taken in, in a stable word, such as `encrypted`.' }),
  ),
})
export type Attachment = Static<typeof Attachment>

export const DocumentContent = Type.Object({
  documentId: IdOf('doc'),
  dataSourceId: IdOf('src'),
  externalId: Type.String({ maxLength: 2000 }),
  contentVersion: IdOf('ver'),
  mediaType: MediaType,
  /** One of three: the text itself; a file, which is read in parts from the connectors; or what was found in another document. */
  text: Type.Optional(Type.String({ maxLength: maxContentCharacters })),
  file: Type.Optional(FileFacts),
  attachmentOf: Type.Optional(Type.Object({ documentId: IdOf('doc'), part: AttachmentPart })),
  /** Absent: taken from the front matter, the first heading, or the file name, in this order. */
  title: Type.Optional(Type.String({ maxLength: 1000 })),
  url: Type.Optional(Type.String({ maxLength: 2000 })),
  updatedAt: Type.Optional(Timestamp),
  authors: Type.Optional(Authors),
  marks: Type.Optional(Marks),
  /** The revision of the access facts that it was made under. */
  accessRevision: Revision,
})

export const maxDigestCharacters = 4000
const DigestText = Type.String({ minLength: 1, maxLength: maxDigestCharacters })
export const Digest = Type.Object({
  hash: Type.String(),
  text: DigestText,
  state: Type.Union([Type.Literal('proposed'), Type.Literal('approved'), Type.Literal('lapsed')], {
    description: 'Lapsed: its passage, spans or labels changed since it was proposed or approved; nobody gets it.',
  }),
  proposedBy: Name,
  proposedAt: Timestamp,
})

const readFaults = [
  'retrieval.not-found',
  'retrieval.unavailable',
  'access.unavailable',
  'audit.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.future-revision',
  'access.stopped',
] as const
const digestFaults = [...readFaults, 'retrieval.invalid', 'retrieval.conflict', 'access.approval-required'] as const

export const retrievalContract = defineContract({
  service: 'retrieval',
  version: 1,
  faults: retrievalFaults,
  operations: {
    putDocument: call({
      summary:
        'Stores a document: made to blocks, split into passages, queued for the index. Answers when it is durable, with what lies in it.',
      calledBy: ['connectors'],
      input: DocumentContent,
      output: Type.Object({ passages: Type.Integer(), title: Type.String(), attachments: Type.Array(Attachment) }),
      faults: ['retrieval.unavailable', 'retrieval.not-found', 'retrieval.busy', 'retrieval.changed', ...contentFaults],
      timeoutMs: 60_000,
      idempotent: true,
    }),
    removeDocuments: call({
      summary: 'Removes documents, their passages and their rows.',
      calledBy: ['connectors'],
      input: Type.Object({ documentIds: Type.Array(IdOf('doc'), { minItems: 1, maxItems: 500 }) }),
      output: Type.Object({ removed: Type.Integer() }),
      faults: ['retrieval.unavailable'],
      timeoutMs: 30_000,
      idempotent: true,
    }),
    awaitIndexed: call({
      summary:
        'Waits until these versions can be found by search (or were replaced), under the access facts of a revision where one is given, or until the deadline.',
      calledBy: ['connectors'],
      input: Type.Object({
        documents: Type.Array(Type.Object({ documentId: IdOf('doc'), contentVersion: IdOf('ver') }), {
          minItems: 1,
          maxItems: 500,
        }),
        revision: Type.Optional(Revision),
      }),
      output: Type.Object({ indexed: Type.Boolean() }),
      faults: ['retrieval.unavailable'],
      timeoutMs: 60_000,
      idempotent: true,
    }),
    search,
    getPassage: call({
      summary: 'One passage with its neighbours, each decided now, at its own view.',
      calledBy: ['gateway'],
      input: Type.Object({ passageId: IdOf('psg'), atLeast: Type.Optional(Revision) }),
      output: Type.Object({
        passage: Passage,
        before: Type.Array(Passage),
        after: Type.Array(Passage),
        decisionId: IdOf('dec'),
        receipt: Type.Optional(Receipt),
        revision: Revision,
      }),
      faults: readFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    getDocument: call({
      summary: 'A whole document, passage by passage in its order, as far as the caller may read it now.',
      calledBy: ['gateway', 'connectors', 'agents'],
      input: Type.Object({
        documentId: IdOf('doc'),
        after: Type.Optional({
          ...IdOf('psg'),
          description: 'Goes on behind this passage: `nextAfter` of the last page.',
        }),
        limit: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 300, description: 'At most so many passages. Absent: all of them.' }),
        ),
        audience: Type.Optional(
          Type.Array(Name, {
            maxItems: 49,
            description: 'Everybody else who hears of it: each passage is read at the least view of all.',
          }),
        ),
        atLeast: Type.Optional(Revision),
      }),
      output: Type.Object({
        documentId: IdOf('doc'),
        title: Type.String(),
        url: Type.Optional(Type.String()),
        contentVersion: IdOf('ver'),
        passages: Type.Array(Passage),
        nextAfter: Type.Optional({ ...IdOf('psg'), description: 'Absent: there is no more.' }),
        indexed: Type.Boolean(),
        decisionId: IdOf('dec'),
        receipt: Type.Optional({ ...Receipt, description: 'Of `decisionId`.' }),
        decisionIds: Type.Optional(
          Type.Array(IdOf('dec'), { description: 'A long document takes several decisions; all of them.' }),
        ),
        revision: Revision,
      }),
      faults: readFaults,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    ...indexOperations,
    proposeDigest: call({
      summary:
        'Proposes a text in place of a passage for those whose labels leave them a digest. Whoever reads the passage in full; nobody gets it before it is approved.',
      calledBy: ['gateway'],
      input: Type.Object({ passageId: IdOf('psg'), text: DigestText }),
      output: Type.Object({ hash: Type.String(), revision: Revision }),
      faults: digestFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    draftDigest: call({
      summary:
        'Lets a model draft a digest of a passage from what is left of it when everything sensitive is masked, and proposes it in the name of the caller, who reads the passage in full. A draft that gives away something masked is dropped.',
      calledBy: ['gateway'],
      input: Type.Object({
        passageId: IdOf('psg'),
        model: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 200,
            description:
              'A model, `provider/name`, or a route of the workspace. Absent: the route `default`. It must be cleared for what it is sent.',
          }),
        ),
      }),
      output: Type.Object({ hash: Type.String(), text: DigestText, model: Type.String(), revision: Revision }),
      faults: [...digestFaults, 'retrieval.no-draft', ...sendingFaults],
      timeoutMs: 90_000,
      idempotent: false,
    }),
    getDigests: call({
      summary: 'The digests of a passage, proposed and approved. Whoever reads the passage in full.',
      calledBy: ['gateway'],
      input: Type.Object({ passageId: IdOf('psg'), atLeast: Type.Optional(Revision) }),
      output: Type.Object({ digests: Type.Array(Digest), revision: Revision }),
      faults: readFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    approveDigest: call({
      summary:
        'Approves the digest with exactly this hash. Whoever reads the passage in full and is not who proposed it.',
      calledBy: ['gateway'],
      input: Type.Object({ passageId: IdOf('psg'), hash: Type.String({ maxLength: 100 }) }),
      output: Type.Object({ revision: Revision }),
      faults: digestFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    withdrawDigest: call({
      summary: 'Takes the digests of a passage back. Whoever reads the passage in full, and admins.',
      calledBy: ['gateway'],
      input: Type.Object({ passageId: IdOf('psg') }),
      output: Type.Object({ revision: Revision }),
      faults: digestFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
  },
  events: {},
})
