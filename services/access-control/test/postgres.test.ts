import { guarantees } from './guarantees.ts'

guarantees('postgres')
