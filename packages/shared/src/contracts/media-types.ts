import { Type } from 'typebox'

/** What is text as it stands, by the endings of file names: it may be pushed as JSON, and is held to be UTF-8 unless it says otherwise. */
const text = {
  'text/markdown': ['md', 'markdown'],
  'text/html': ['html', 'htm', 'xhtml'],
  'text/plain': ['txt', 'text'],
  'text/csv': ['csv'],
  'text/tab-separated-values': ['tsv'],
  'text/calendar': ['ics'],
  'application/json': ['json'],
  'application/x-ndjson': ['ndjson', 'jsonl'],
  'text/javascript': ['js', 'mjs', 'cjs', 'jsx'],
  'text/x-typescript': ['ts', 'mts', 'cts', 'tsx'],
  'text/x-python': ['py', 'pyi'],
  'text/x-java': ['java'],
  'text/x-c++': ['c', 'h', 'cc', 'cpp', 'cxx', 'hh', 'hpp', 'hxx'],
  'text/x-rust': ['rs'],
  'text/x-go': ['go'],
  'text/x-php': ['php'],
  'text/x-source': [
    'cs',
    'css',
    'kt',
    'kts',
    'lua',
    'pl',
    'proto',
    'ps1',
    'r',
    'rb',
    'scala',
    'sh',
    'sql',
    'swift',
    'tf',
    'toml',
    'vue',
    'yaml',
    'yml',
  ],
} as const

/** What only a parser makes text of. */
const files = {
  'application/pdf': ['pdf'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx', 'docm'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['pptx', 'pptm', 'ppsx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx', 'xlsm'],
  'application/vnd.oasis.opendocument.text': ['odt'],
  'application/rtf': ['rtf'],
  'message/rfc822': ['eml'],
  'application/mbox': ['mbox'],
  'application/vnd.ms-outlook': ['msg'],
} as const

export type TextMediaType = keyof typeof text
export type MediaType = TextMediaType | keyof typeof files

const names = <K extends string>(of: Readonly<Record<K, unknown>>) => Object.keys(of) as K[]

export const textMediaTypes = names(text)
export const mediaTypes: readonly MediaType[] = [...textMediaTypes, ...names(files)]
export const TextMediaType = Type.Enum(textMediaTypes)
export const MediaType = Type.Enum([...mediaTypes])

const byEnding = new Map<string, MediaType>(
  Object.entries({ ...text, ...files }).flatMap(([type, endings]) =>
    endings.map((ending): [string, MediaType] => [ending, type as MediaType]),
  ),
)

/** By the ending of a file's name; nothing for one that is not read. */
export const mediaTypeOfName = (name: string): MediaType | undefined =>
  byEnding.get(/\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '')

export const isTextMediaType = (type: MediaType): type is TextMediaType => type in text
