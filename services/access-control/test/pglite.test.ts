import { guarantees } from './guarantees.ts'

guarantees('pglite')
