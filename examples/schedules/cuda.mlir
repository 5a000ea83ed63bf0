// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a quantised network to a CUDA kernel, with what is worth choosing on the
// way left open. --mase-search chooses: see cuda.toml.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(
      %net: !transform.any_op {transform.consumed}) {
    // Folding a BatchNorm into a Linear saves its parameters, but its scale then
    // goes into weights of few bits: the pass does it to quantised layers only
    // where it is told to.
    %force = transform.tune.knob<"fold_batch_norm"> options = [false, true]
        -> !transform.any_param
    %folded = transform.apply_registered_pass "mase-fold-batch-norm"
        with options = {"force" = %force} to %net
        : (!transform.any_op, !transform.any_param) -> !transform.any_op

    %integer = transform.apply_registered_pass "mase-lower-to-integer"
        to %folded : (!transform.any_op) -> !transform.any_op

    // The kernel that the compiler takes, or one that is put together here. The
    // knobs of the second region exist only there.
    %kernel = transform.tune.alternatives<"kernel"> -> !transform.any_op {
      %0 = transform.apply_registered_pass "convert-mase-to-kernel" to %integer
          : (!transform.any_op) -> !transform.any_op
      transform.yield %0 : !transform.any_op
    }, {
      %kind = transform.tune.knob<"kernel_kind"> options = ["dp4a", "scalar"]
          -> !transform.any_param
      %samples = transform.tune.knob<"samples_per_thread">
          options = [1, 4] -> !transform.any_param
      %0 = transform.apply_registered_pass "convert-mase-to-kernel"
          with options = {"kernel" = %kind, "samples-per-thread" = %samples}
          to %integer
          : (!transform.any_op, !transform.any_param, !transform.any_param)
          -> !transform.any_op
      transform.yield %0 : !transform.any_op
    }
    transform.yield
  }
}
