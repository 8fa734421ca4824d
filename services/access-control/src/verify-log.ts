import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseCheckpoint } from './log/checkpoint-sink.ts'
import { readPublicKey } from './log/keys.ts'
import { verifyLog } from './log/verify/verify.ts'

const usage = `Verifies an export of the decision log (GET /v1/audit/export): that no row was edited, removed, reordered, cut off or signed again.

  npm run audit:verify -- --export FILE --key PUBLIC_KEY [--checkpoints FILE] [--workspace ID] [--from ROW]

  --export FILE       the export, NDJSON
  --key PUBLIC_KEY    the Ed25519 public key that you have kept: SPKI DER in base64, or a file with that or PEM
  --checkpoints FILE  the workspace's checkpoints from outside the database (AUDIT_CHECKPOINTS_DIR/<workspace>.ndjson). Without them
                      a log that was cut off right after one of its checkpoints looks whole.
  --workspace ID      whose log it has to be
  --from ROW          the first row that the export has to have (1)

Ends with 0 if everything holds, 1 if it does not, 2 if it could not be looked at.`

const SHOWN_FINDINGS = 50

type Options = { export: string; key: string; checkpoints?: string; workspace?: string; from: number }

/** Undefined where only the usage is asked for. Throws what is wrong with the command line. */
function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      export: { type: 'string' },
      key: { type: 'string' },
      checkpoints: { type: 'string' },
      workspace: { type: 'string' },
      from: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { export: file, key } = values
  const from = Number(values.from)
  if (file === undefined) throw new Error('--export is missing')
  if (key === undefined) throw new Error('--key is missing')
  if (!Number.isSafeInteger(from) || from < 1) throw new Error('--from is not the number of a row')
  return { ...values, export: file, key, from }
}

/** One line after the other, however long the file is; and only \n ends one, since a text may hold the others. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}

const readCheckpoints = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => parseCheckpoint(line) ?? [])

async function main(): Promise<number> {
  const options = readOptions()
  if (!options) {
    console.log(usage)
    return 0
  }
  const key = existsSync(options.key) ? readFileSync(options.key, 'utf8') : options.key
  const { findings, notices, rows, checkpoints } = await verifyLog({
    lines: () => linesOf(options.export),
    publicKey: readPublicKey(key),
    checkpoints: options.checkpoints === undefined ? [] : readCheckpoints(options.checkpoints),
    workspace: options.workspace,
    from: options.from,
  })
  for (const finding of findings.slice(0, SHOWN_FINDINGS)) console.error(finding)
  if (findings.length > SHOWN_FINDINGS) console.error(`… and ${findings.length - SHOWN_FINDINGS} more`)
  if (options.checkpoints === undefined)
    notices.push('Without --checkpoints, an end that was cut off at a checkpoint cannot be found')
  for (const notice of notices) console.log(notice)
  console.log(
    findings.length === 0
      ? `The log holds: ${rows} rows, ${checkpoints} checkpoints`
      : `The log does NOT hold: ${rows} rows, ${checkpoints} checkpoints, ${findings.length} findings`,
  )
  return findings.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error('See --help')
  process.exitCode = 2
}
