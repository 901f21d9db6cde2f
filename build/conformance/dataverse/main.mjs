// main lets dynamics-web-api judge the sandbox's Dataverse.
import { done } from './check.mjs'
import { actions } from './actions.mjs'
import { metadata } from './metadata.mjs'
import { reads } from './reads.mjs'
import { writes } from './writes.mjs'

await reads()
await metadata()
await actions()
await writes()
done()
