"use strict";
/* A network's answers at many places, from its parameters: what ganglion computes in Python, in float32. */
const makeNetwork = (stages, reach, decode) => {
  const map = (f) => (z) => { for (let i = 0; i < z.length; i++) z[i] = f(z[i]); };
  const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
  const sigmoid = (v) => 1 / (1 + Math.exp(-v));
  // Abramowitz and Stegun 7.1.26: off by at most 1.5e-7, which is what float32 resolves.
  const erf = (x) => {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return Math.sign(x) * (1 - tail * Math.exp(-x * x));
  };
  const activations = {
    identity: () => {},
    sigmoid: map(sigmoid),
    tanh: map(Math.tanh),
    relu: map((v) => Math.max(v, 0)),
    leaky_relu: map((v) => (v > 0 ? v : 0.01 * v)),
    step: map((v) => (v >= 0 ? 1 : 0)),
    elu: map((v) => (v > 0 ? v : Math.expm1(v))),
    selu: map((v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))),
    gelu: map((v) => v * (1 + erf(v / Math.SQRT2)) / 2),
    silu: map((v) => v * sigmoid(v)),
    mish: map((v) => v * Math.tanh(softplus(v))),
    softplus: map(softplus),
  };
  const softmax = (neurons) => {
    const n = neurons[0].length;
    for (let p = 0; p < n; p++) {
      let top = -Infinity, sum = 0;
      for (const z of neurons) top = Math.max(top, z[p]);
      for (const z of neurons) { z[p] = Math.exp(z[p] - top); sum += z[p]; }
      for (const z of neurons) z[p] /= sum;
    }
  };
  // A function written in Python: straight lines between the places at which it was asked, and beyond them.
  const byTable = (table) => map((v) => {
    const last = table.length - 1, at = (v + reach) / (2 * reach) * last;
    const i = Math.min(Math.max(Math.floor(at), 0), last - 1);
    return table[i] + (at - i) * (table[i + 1] - table[i]);
  });
  const activate = stages.map((s) => (s.g === "table" ? byTable(decode(s.table)) : activations[s.g]));

  const dense = (stage, parameters, at, inputs, outputs) => {
    const { m, n } = stage;
    outputs.forEach((z, j) => {
      z.fill(stage.bias ? parameters[at + m * n + j] : 0);
      for (let i = 0; i < m; i++) {
        const w = parameters[at + i * n + j], x = inputs[i];
        for (let p = 0; p < z.length; p++) z[p] += w * x[p];
      }
    });
    return at + m * n + (stage.bias ? n : 0);
  };
  const scale = (stage, parameters, at, inputs, outputs) => {
    outputs.forEach((z, j) => {
      for (let p = 0; p < z.length; p++) z[p] = parameters[at + j] * inputs[j][p] + parameters[at + stage.n + j];
    });
    return at + 2 * stage.n;
  };
  const layerNorm = (stage, parameters, at, inputs, outputs) => {
    const n = stage.n;
    for (let p = 0; p < inputs[0].length; p++) {
      let mean = 0, square = 0;
      for (const x of inputs) mean += x[p] / n;
      for (const x of inputs) square += (x[p] - mean) ** 2 / n;
      const by = 1 / Math.sqrt(square + stage.epsilon);
      outputs.forEach((z, j) => { z[p] = parameters[at + j] * (inputs[j][p] - mean) * by + parameters[at + n + j]; });
    }
    return at + 2 * n;
  };
  const kinds = { dense, scale, layer_norm: layerNorm };

  /* Buffers for the answers at n places, one array a neuron; `run` fills them. */
  const at = (inputs) => {
    const n = inputs[0].length;
    const outputs = stages.map((s) => Array.from({ length: s.n }, () => new Float32Array(n)));
    const run = (parameters) => {
      let read = 0;
      stages.forEach((stage, k) => {
        const before = k ? outputs[k - 1] : inputs;
        if (stage.kind === "sum") {
          const added = stage.adds ? outputs[stage.adds - 1] : inputs;
          outputs[k].forEach((z, j) => { for (let p = 0; p < n; p++) z[p] = before[j][p] + added[j][p]; });
        } else read = kinds[stage.kind](stage, parameters, read, before, outputs[k]);
        if (stage.g === "softmax") softmax(outputs[k]);
        else outputs[k].forEach(activate[k]);
      });
      return outputs;
    };
    return { run, outputs };
  };
  return { at };
};

/* The lines along which values (n by n, row by row) are 0, as segments in steps of the grid. */
const zeroLines = (values, n) => {
  const segments = [];
  for (let r = 0; r + 1 < n; r++) {
    for (let c = 0; c + 1 < n; c++) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const v = corners.map(([x, y]) => values[y * n + x]), found = [];
      for (let e = 0; e < 4; e++) {
        const a = v[e], b = v[(e + 1) % 4];
        if ((a < 0) === (b < 0)) continue;
        const t = a / (a - b), [x0, y0] = corners[e], [x1, y1] = corners[(e + 1) % 4];
        found.push([x0 + t * (x1 - x0), y0 + t * (y1 - y0)]);
      }
      for (let i = 0; i + 1 < found.length; i += 2) segments.push([found[i], found[i + 1]]);
    }
  }
  return segments;
};
