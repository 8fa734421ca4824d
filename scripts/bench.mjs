// npm run bench: the benchmarks.
import { start } from './bootstrap.mjs'

await start('bench/src/main.ts')
