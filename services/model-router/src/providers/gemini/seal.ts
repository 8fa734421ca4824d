import { sealsOf } from '../seals.ts'

export const { seal, unseal } = sealsOf('gemini')
