// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constraints of mase.calibration.
// RUN: mase-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{(C1) expected a dictionary for layer 'fc', found 8 : i64}}
mase.calibration @calibration_c1 samples 2 data "00" options "" parameters {fc = 8}

// -----

// expected-error @+1 {{(C1) expected 'weight' or 'bias' with dense f32 elements for layer 'fc', found 'scale'}}
mase.calibration @calibration_c1 samples 2 data "00" options "" parameters {fc = {scale = dense<1.0> : tensor<1xf32>}}

// -----

// expected-error @+1 {{(C1) expected 'weight' or 'bias' with dense f32 elements for layer 'fc', found 'bias'}}
mase.calibration @calibration_c1 samples 2 data "00" options "" parameters {fc = {bias = dense<1> : tensor<1xi32>}}

// -----

// expected-error @+1 {{(C2) expected samples of at least 1, found 0}}
mase.calibration @calibration_c2 samples 0 data "00" options "" parameters {}
