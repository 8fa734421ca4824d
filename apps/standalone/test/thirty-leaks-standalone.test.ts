import { thirtyLeaks } from './thirty-leaks.ts'
import { standaloneLeakWorld } from './thirty-leaks.world.ts'

thirtyLeaks(standaloneLeakWorld)
