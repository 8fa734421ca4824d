import { parseArgs } from 'node:util'
import { keepHeapSmall } from '@tessera/retrieval/keep-heap-small'
import { startCommand } from './start-command.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '3210' },
    host: { type: 'string', default: process.env.HOST ?? '127.0.0.1' },
    'data-dir': { type: 'string', default: process.env.TESSERA_DATA_DIR ?? '.tessera' },
    'no-sample': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(`npm start [-- options]: Tessera in one process, on this machine only

  --port N         where the gateway listens (3210)
  --host ADDRESS   a loopback address (127.0.0.1)
  --data-dir DIR   where the data lies (.tessera); remove it to begin anew
  --no-sample      do not load the sample workspace

Keys in the environment switch models on: OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, MISTRAL_API_KEY, OPENAI_COMPATIBLE_URL.
The settings of services are read from there, too: DEFAULT_MODEL, MODEL_CATALOGUE, EMBEDDING_MODEL, RERANK_MODEL, MAX_FILE_MB, … (docs/deployment.md).`)
} else {
  keepHeapSmall()
  await startCommand({
    host: values.host,
    port: Number(values.port),
    dataDir: values['data-dir'],
    sample: !values['no-sample'],
    environment: process.env,
  }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
