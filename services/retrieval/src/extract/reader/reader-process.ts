import type { RawDocument } from '../extract.ts'
import { readDocument } from './read-document.ts'

// An interrupt of the terminal reaches the whole group; who started this ends it by letting go.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', (document: RawDocument) => process.send?.(readDocument(document)))
