// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats, and the precision of a layer.
#ifndef MASE_ATTRIBUTES_TD
#define MASE_ATTRIBUTES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "Mase/MaseDialect.td"
include "Mase/MaseInterfaces.td"

class Mase_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Mase_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Mase_FixedAttr : Mase_Attr<"Fixed", "fixed",
    [DeclareAttrInterfaceMethods<Mase_NumberFormatAttrInterface,
                                 ["getFixedPoint"]>]> {
  let summary = "fixed point: an integer times a power of two";
  let description = [{
    MASE's `integer` (alias `fixed`), and `integer_floor` with `floor`. The value
    of `x` is `clamp(round(x * 2^frac_width), lo, hi) * 2^-frac_width`, rounded
    to nearest, ties to even, unless it says `floor`. It saturates, NaN becomes
    0. `frac_width` may be negative or larger than `width`.

    Constraints:
    * (C1) `width` is in [1, 32].
    * (C2) `frac_width` is in [-32, 64].

    Example:

    ```mlir
    #mase.fixed<8, 4>            // -8 … 7.9375 in steps of 1/16
    #mase.fixed<8, 4, unsigned>  // 0 … 15.9375
    #mase.fixed<4, 2, floor>
    ```
  }];
  let parameters = (ins "int64_t":$width, "int64_t":$fracWidth,
                        "bool":$isSigned, "bool":$floor);
  let builders = [
    AttrBuilder<(ins "const ::mase::FixedPointFormat &":$format), [{
      return $_get($_ctxt, format.width, format.fracWidth, format.isSigned,
                   format.rounding == ::mase::Rounding::Floor);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::mase::FixedPointFormat getFormat() const;
  }];
}

def Mase_NumberFormatParameter : AttrParameter<"::mase::NumberFormat",
    "a number format">;

def Mase_FormatAttr : Mase_Attr<"Format", "format",
    [DeclareAttrInterfaceMethods<Mase_NumberFormatAttrInterface>]> {
  let summary = "a number format by name and settings";
  let description = [{
    A number format of a registered kind, with the keys and values that
    configuration files have: integers with scales, zero points or widths for
    each slice of an axis, other roundings or wrapping overflow, and the formats
    of other projects (`mase::registerFormatKind`). What `#mase.fixed` can say
    is a `#mase.fixed`: each format has one text.

    Constraints:
    * (C1) the kind is known, and makes a format of the settings.

    Example:

    ```mlir
    #mase.format<integer, width = 8, frac_width = [3, 2, 4], axis = 0>
    #mase.format<integer, width = 8, scale = 0.05, zero_point = 3, signed = false>
    #mase.format<integer, width = 4, frac_width = "auto">
    #mase.format<integer, width = 6, frac_width = 2, rounding = "nearest_up", overflow = "wrap">
    ```
  }];
  let parameters = (ins Mase_NumberFormatParameter:$format);
  let hasCustomAssemblyFormat = 1;
}

class Mase_FormatParameter<string role> : OptionalParameter<
    "::mase::NumberFormatAttrInterface", "number format of the " # role> {
  let cppAccessorType = "::mase::NumberFormatAttrInterface";
}

def Mase_PrecisionAttr : Mase_Attr<"Precision", "precision"> {
  let summary = "the number formats of one layer";
  let description = [{
    A format each for the layer's input, weight, bias and output; what is absent
    stays in binary32.

    Constraints:
    * (C1) every member is a number format.

    Example:

    ```mlir
    #mase.precision<data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>>
    ```
  }];
  let parameters = (ins
    Mase_FormatParameter<"input">:$data_in,
    Mase_FormatParameter<"weight">:$weight,
    Mase_FormatParameter<"bias">:$bias,
    Mase_FormatParameter<"output">:$data_out);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// The format in a role, null for binary32.
    ::mase::NumberFormatAttrInterface getFormat(::mase::OperandRole role) const;
    /// Whether any role has a format.
    bool isEmpty() const {
      return !getDataIn() && !getWeight() && !getBias() && !getDataOut();
    }
  }];
}

#endif // MASE_ATTRIBUTES_TD
