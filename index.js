/** n8n reads the `n8n` section of package.json; this entry is for people who require the package by name. */
module.exports = {
	...require('./dist/credentials/DinteroApi.credentials.js'),
	...require('./dist/nodes/Dintero/Dintero.node.js'),
	...require('./dist/nodes/Dintero/DinteroTrigger.node.js'),
};
