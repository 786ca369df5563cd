module ppmq.io/bench

go 1.19

require ppmq.io/ppmq v0.1.0

replace ppmq.io/ppmq => ../../../clients/go
