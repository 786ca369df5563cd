module ppmq.io/ppmq

go 1.19
