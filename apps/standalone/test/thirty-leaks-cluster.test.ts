import { thirtyLeaks } from './thirty-leaks.ts'
import { clusterLeakWorld } from './thirty-leaks.world.ts'

thirtyLeaks(clusterLeakWorld)
