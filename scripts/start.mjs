// npm start: Tessera in one process.
import { start } from './bootstrap.mjs'

await start('apps/standalone/src/main.ts')
