import { ruleMutants } from './rule-mutants.ts'
import { serviceMutants } from './service-mutants.ts'

export const mutants = [...ruleMutants, ...serviceMutants]
