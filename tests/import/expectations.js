// SPDX-License-Identifier: BSL-1.0
// What ONNX Runtime computes: reads [{model, inputs: {name: {dims, data}}}] as JSON from its input and writes
// [{name: {dims, data}}], the outputs of each. Started by make_cases.py.
const fs = require('fs');
const path = require('path');
const runtime = require(path.resolve(process.argv[2], 'node_modules', 'onnxruntime-node'));

async function main() {
  const answers = [];
  for (const { model, inputs } of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const session = await runtime.InferenceSession.create(model, { graphOptimizationLevel: 'disabled' });
    const feeds = {};
    for (const [name, { dims, data }] of Object.entries(inputs)) {
      feeds[name] = new runtime.Tensor('float32', Float32Array.from(data), dims);
    }
    const outputs = await session.run(feeds);
    const answer = {};
    for (const name of session.outputNames) {
      answer[name] = { dims: outputs[name].dims, data: Array.from(outputs[name].data, Number) };
    }
    answers.push(answer);
  }
  process.stdout.write(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
