import type { PassageSize } from '../../passages/split-passages.ts'
import type { Source } from '../extract.ts'
import { readSource } from './read-source.ts'
import { takeNetworkAway } from './no-network.ts'

takeNetworkAway()
// An interrupt of the terminal reaches the whole group; who started this ends it by letting go.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', ({ source, size }: { source: Source; size: PassageSize }) => {
  void readSource(source, size).then((result) => process.send?.(result))
})
