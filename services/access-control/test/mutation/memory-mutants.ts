import { type Mutant, rightAfter } from './mutant.ts'

const facts = 'check/remembered-facts.ts'
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
    name: 'readers are recalled past a change of readers',
    file: facts,
    text: 'now.readerRevision === workspace.readerRevision &&',
    instead: '',
    killedBy: rightAfter('a membership given'),
  },
  {
    name: 'emergencies are recalled',
    file: 'check/remembered-readers.ts',
    text: 'readers.set(keyOf(question, facts.readerRevision, name), { ...reader, breakGlass: [] })',
    instead: 'readers.set(keyOf(question, facts.readerRevision, name), reader)',
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
    text: 'stale === document.stale ? document : { ...document, stale }',
    instead: 'document',
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
