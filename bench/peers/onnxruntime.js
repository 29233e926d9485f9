// SPDX-License-Identifier: BSL-1.0
// Runs a network with ONNX Runtime for bench_peers, in a process of its own:
//     node onnxruntime.js MODULES MODEL EMPTY INPUT ANSWER THREADS
// MODULES is the node_modules folder that has onnxruntime-node, INPUT has the floats of the model's input, ANSWER gets
// those of its answer. Then "ready SECONDS" is written, which is what a call of the network EMPTY takes: the cost of a
// call from here, which is none of the runtime's. Each line "N" is answered by the seconds that N runs took.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [modules, model, empty, input, answer, threads] = process.argv.slice(2);
const folder = path.join(modules, 'onnxruntime-node');
const ort = require(folder);
const { binding, initOrt } = require(path.join(folder, 'dist', 'binding.js'));
const now = () => Number(process.hrtime.bigint()) * 1e-9;

// The session itself, beneath the promises of the public interface: these would cost as much as a small network.
function load(file, data) {
  initOrt();
  const session = new binding.InferenceSession();
  session.loadModel(file, {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const [given] = session.inputMetadata;
  const [made] = session.outputMetadata;
  const size = made.shape.reduce((product, each) => product * each, 1);
  const feeds = { [given.name]: new ort.Tensor('float32', data, given.shape) };
  const fetches = { [made.name]: new ort.Tensor('float32', new Float32Array(size), made.shape) };
  const run = (times) => {
    const begin = now();
    for (let i = 0; i < times; ++i) session.run(feeds, fetches, {});
    return now() - begin;
  };
  const result = () => session.run(feeds, fetches, {})[made.name].data;
  return { run, result };
}

const bytes = fs.readFileSync(input);
const network = load(model, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4));
const nothing = load(empty, new Float32Array(1));
nothing.run(2000);
let call = 1;
for (let i = 0; i < 50; ++i) call = Math.min(call, nothing.run(200) / 200);
const numbers = network.result();
fs.writeFileSync(answer, Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
process.stdout.write(`ready ${call}\n`);
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${network.run(Number(line))}\n`);
});
