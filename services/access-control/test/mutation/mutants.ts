import { memoryMutants } from './memory-mutants.ts'
import { ruleMutants } from './rule-mutants.ts'
import { serviceMutants } from './service-mutants.ts'

export const mutants = [...ruleMutants, ...serviceMutants, ...memoryMutants]
