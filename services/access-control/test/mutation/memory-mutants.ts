import { logWriter, type Mutant, rightAfter } from './mutant.ts'

const facts = 'check/remembered-facts.ts'
const proviso = 'log/proviso.ts'
const documents = 'check/remembered-documents.ts'

/** Around what a check remembers. */
export const memoryMutants: readonly Mutant[] = [
  {
    name: 'what has moved is recalled',
    file: facts,
    text: 'now.moved.size === 0 && now.readerRevision',
    instead: 'now.readerRevision',
    killedBy: rightAfter('the lists, the state'),
  },
  {
    name: 'what was seen at another revision than the rest is recalled with it',
    file: facts,
    text: 'seenRev === revision && ',
    instead: '',
    killedBy: rightAfter('while another one was asked for'),
  },
  {
    name: 'who broke glass is recalled without it',
    file: facts,
    text: '!workspace || !reading?.every(({ breakGlass }) => breakGlass.length === 0)',
    instead: '!workspace || !reading',
    killedBy: rightAfter('broken glass'),
  },
  {
    name: 'the row of what was decided over a memory is written at any revision',
    file: proviso,
    text: 'and w.revision = ${revision} and',
    instead: 'and ${revision} > 0 and',
    killedBy: rightAfter('the lists, the state'),
  },
  {
    name: 'the row of what was decided over a memory is written for a stopped workspace',
    file: proviso,
    text: 'and w.stopped_at is null',
    instead: '',
    killedBy: rightAfter('is stopped'),
  },
  {
    name: 'the row of what was decided over a memory is written whatever is stale',
    file: proviso,
    text: 'and not exists (select ${staleAmong(workspaceId, dataSourceIds)})',
    instead: '',
    killedBy: rightAfter('facts that become stale'),
  },
  {
    name: 'a batch goes by the first of its provisos',
    file: 'log/writer.ts',
    text: 'provided.proviso.revision < revision',
    instead: 'false',
    killedBy: logWriter('under a proviso'),
  },
  {
    name: 'a batch looks at the data sources of the first of its provisos',
    file: proviso,
    text: 'provisos.flatMap(({ dataSourceIds }) => dataSourceIds)',
    instead: 'first.dataSourceIds',
    killedBy: logWriter('under a proviso'),
  },
  {
    name: 'readers are recalled past a change of readers',
    file: facts,
    text: 'now.readerRevision === workspace.readerRevision &&',
    instead: '',
    killedBy: rightAfter('a membership given'),
  },
  {
    name: 'emergencies are recalled',
    file: 'check/remembered-readers.ts',
    text: 'running.length === 0 && reader.breakGlass.length === 0',
    instead: 'running.length === 0',
    killedBy: rightAfter('broken glass'),
  },
  {
    name: 'readers are recalled for whoever acts',
    file: 'check/remembered-readers.ts',
    text: '[workspaceId, readerRevision, name, ...actors]',
    instead: '[workspaceId, readerRevision, name]',
    killedBy: rightAfter('an agent that comes between'),
  },
  {
    name: 'what the clock has made stale is recalled as fresh',
    file: documents,
    text: 'if (isStale !== document.facts.stale)',
    instead: 'if (false)',
    killedBy: rightAfter('facts that become stale'),
  },
  {
    name: 'a document is known with passages that nobody asked for yet',
    file: documents,
    text: 'passages.has(id) &&',
    instead: '',
    killedBy: rightAfter('another passage'),
  },
  {
    name: 'new labels of passages move no document',
    file: 'index/variants.store.ts',
    text: 'await touchDocument(change, put.documentId)',
    instead: 'change.touch()',
    killedBy: rightAfter('labels of a passage'),
  },
]
