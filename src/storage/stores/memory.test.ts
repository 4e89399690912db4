import { describeBlobStore } from '../blob-store.suite.ts'
import { guarded } from '../guard.ts'
import { memoryStore } from './memory.ts'

describeBlobStore('the memory store', async () => guarded(memoryStore()))
