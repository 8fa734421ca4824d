import type { Lab } from './thirty-leaks.lab.ts'

/** One leak of ACCESS.md section 12, as it happened to others, tried on us. */
export type Leak = { readonly number: number; readonly name: string; readonly run: (lab: Lab) => Promise<void> }
