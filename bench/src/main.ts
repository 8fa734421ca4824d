import { parseArgs } from 'node:util'
import { benchAccess } from './access.ts'
import { benchAsk } from './ask.ts'
import { benchDetect } from './detect.ts'
import { benchFormats } from './formats.ts'
import { benchIndexing } from './indexing.ts'
import { benchIngest } from './ingest.ts'
import { benchRetrieval } from './retrieval.ts'
import { benchRouter } from './router.ts'
import { benchStandalone } from './standalone.ts'

const benches = {
  access: benchAccess,
  ask: benchAsk,
  detect: benchDetect,
  formats: benchFormats,
  indexing: benchIndexing,
  ingest: benchIngest,
  retrieval: benchRetrieval,
  router: benchRouter,
  standalone: benchStandalone,
}
const names = Object.keys(benches) as (keyof typeof benches)[]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    checks: { type: 'boolean', default: false },
    soak: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
/** Of `router` alone. */
function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const minutes = Number(text)
  if (!(minutes > 0)) throw new Error('--soak takes minutes')
  return minutes
}

const chosen = positionals.length === 0 ? names : names.filter((name) => positionals.includes(name))
const unknown = positionals.filter((name) => !names.some((known) => known === name))

if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no bench called ${unknown.join(', ')}.`)
  console.log(
    `npm run bench [-- NAME …] [--quick] [--million] [--checks] [--soak MINUTES]: ${names.join(', ')} (all of them when none is named)`,
  )
  process.exitCode = values.help ? 0 : 2
} else {
  for (const name of chosen) {
    const cleanUps: (() => void | Promise<void>)[] = []
    console.log(`\n## ${name}\n`)
    try {
      console.log(
        await benches[name](
          { after: (cleanUp) => cleanUps.push(cleanUp) },
          { quick: values.quick, million: values.million, checks: values.checks, soakMinutes: minutesOf(values.soak) },
        ),
      )
    } finally {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp()
    }
  }
}
