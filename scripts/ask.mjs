// npm run ask -- --as <person> "…": one question, from the terminal.
import { start } from './bootstrap.mjs'

await start('apps/standalone/src/ask.ts')
