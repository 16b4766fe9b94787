# Written by `python -m derive code` from templates/torch/__init__.py.j2. Do not edit.
"""Recurrent cells for PyTorch, generated from their equations; they need torch alone."""

from .agru import AGRU, AGRUCell
from .alif import ALIF, ALIFCell
from .antisymmetric_rnn import AntisymmetricRNN, AntisymmetricRNNCell
from .atr import ATR, ATRCell
from .augru import AUGRU, AUGRUCell
from .brc import BRC, BRCCell
from .cfc import CfC, CfCCell
from .cfn import CFN, CFNCell
from .cifg_lstm import CoupledLSTM, CoupledLSTMCell
from .clockwork_rnn import ClockworkRNN, ClockworkRNNCell
from .context_gru import ContextGRU, ContextGRUCell
from .cornn import CoRNN, CoRNNCell
from .ctrnn import CTRNN, CTRNNCell
from .d_linoss import DLinOSS, DLinOSSCell
from .delta_net import DeltaNet, DeltaNetCell
from .delta_product import DeltaProduct, DeltaProductCell
from .delta_rnn import DeltaRNN, DeltaRNNCell
from .dsgu import DSGU, DSGUCell
from .echo_state import EchoState, EchoStateCell
from .fast_grnn import FastGRNN, FastGRNNCell
from .fast_grnn_low_rank import FastGRNNLowRank, FastGRNNLowRankCell
from .fast_rnn import FastRNN, FastRNNCell
from .fgr_lstm import FullGateRecurrenceLSTM, FullGateRecurrenceLSTMCell
from .gated_antisymmetric_rnn import GatedAntisymmetricRNN, GatedAntisymmetricRNNCell
from .gated_delta_net import GatedDeltaNet, GatedDeltaNetCell
from .gilr import GILR, GILRCell
from .gilr_lstm import GILRLSTM, GILRLSTMCell
from .gla import GLA, GLACell
from .gru import GRU, GRUCell
from .gru1 import GRU1, GRU1Cell
from .gru2 import GRU2, GRU2Cell
from .gru3 import GRU3, GRU3Cell
from .gru_chung import GRUChung, GRUChungCell
from .gru_d import GRUD, GRUDCell
from .gru_ode import GRUODE, GRUODECell
from .gru_reset_before import GRUResetBefore, GRUResetBeforeCell
from .gsa import GSA, GSACell
from .hawk import Hawk, HawkCell
from .hgrn import HGRN, HGRNCell
from .hgrn2 import HGRN2, HGRN2Cell
from .hippo_legs import HippoLegS, HippoLegSCell
from .indrnn import IndRNN, IndRNNCell
from .intersection_rnn import IntersectionRNN, IntersectionRNNCell
from .janet import JANET, JANETCell
from .jordan_rnn import JordanRNN, JordanRNNCell
from .kda import KDA, KDACell
from .layer_norm_lstm import LayerNormLSTM, LayerNormLSTMCell
from .layer_norm_lstm_gates import LayerNormGatesLSTM, LayerNormGatesLSTMCell
from .layer_norm_lstm_stored import LayerNormStoredLSTM, LayerNormStoredLSTMCell
from .leaky_rnn import LeakyRNN, LeakyRNNCell
from .lem import LEM, LEMCell
from .lif import LIF, LIFCell
from .light_ru import LightRU, LightRUCell
from .ligru import LiGRU, LiGRUCell
from .linear_attention import LinearAttention, LinearAttentionCell
from .linear_lstm import LinearLSTM, LinearLSTMCell
from .linoss import LinOSS, LinOSSCell
from .linoss_im import LinOSSImplicit, LinOSSImplicitCell
from .lipschitz_rnn import LipschitzRNN, LipschitzRNNCell
from .lmu import LMU, LMUCell
from .lmu_euler import LMUEuler, LMUEulerCell
from .longhorn import Longhorn, LonghornCell
from .lru import LRU, LRUCell
from .lstm import LSTM, LSTMCell
from .lstm_heads import HeadsLSTM, HeadsLSTMCell
from .ltc import LTC, LTCCell
from .m2rnn import M2RNN, M2RNNCell
from .mamba import Mamba, MambaCell
from .mamba2 import Mamba2, Mamba2Cell
from .mamba3 import Mamba3, Mamba3Cell
from .mc_lstm import MCLSTM, MCLSTMCell
from .mgu import MGU, MGUCell
from .mgu1 import MGU1, MGU1Cell
from .mgu2 import MGU2, MGU2Cell
from .mgu3 import MGU3, MGU3Cell
from .mi_rnn import MIRNN, MIRNNCell
from .min_gru import MinGRU, MinGRUCell
from .min_gru_log import MinGRULog, MinGRULogCell
from .min_lstm import MinLSTM, MinLSTMCell
from .min_lstm_log import MinLSTMLog, MinLSTMLogCell
from .minimal_rnn import MinimalRNN, MinimalRNNCell
from .miru1 import MiRU1, MiRU1Cell
from .miru2 import MiRU2, MiRU2Cell
from .mlstm import MLSTM, MLSTMCell
from .mogrifier_lstm import MogrifierLSTM, MogrifierLSTMCell
from .momentum_rnn import MomentumRNN, MomentumRNNCell
from .mrnn import MRNN, MRNNCell
from .multiplicative_lstm import MultiplicativeLSTM, MultiplicativeLSTMCell
from .mut1 import MUT1, MUT1Cell
from .mut2 import MUT2, MUT2Cell
from .mut3 import MUT3, MUT3Cell
from .nas import NAS, NASCell
from .nbrc import NBRC, NBRCCell
from .nested_lstm import NestedLSTM, NestedLSTMCell
from .nfg_lstm import NoForgetGateLSTM, NoForgetGateLSTMCell
from .niaf_lstm import NoInputActivationLSTM, NoInputActivationLSTMCell
from .nig_lstm import NoInputGateLSTM, NoInputGateLSTMCell
from .noaf_lstm import NoOutputActivationLSTM, NoOutputActivationLSTMCell
from .nog_lstm import NoOutputGateLSTM, NoOutputGateLSTMCell
from .on_lstm import ONLSTM, ONLSTMCell
from .on_lstm_chunks import ChunkedONLSTM, ChunkedONLSTMCell
from .original_lstm import OriginalLSTM, OriginalLSTMCell
from .para_gru import ParaGRU, ParaGRUCell
from .para_lstm import ParaLSTM, ParaLSTMCell
from .peephole_lstm import PeepholeLSTM, PeepholeLSTMCell
from .phased_lstm import PhasedLSTM, PhasedLSTMCell
from .projected_lstm import ProjectedLSTM, ProjectedLSTMCell
from .qrnn import QRNN, QRNNCell
from .qrnn2 import QRNN2, QRNN2Cell
from .ran import RAN, RANCell
from .real_lru import RealLRU, RealLRUCell
from .relu_rnn import ReLURNN, ReLURNNCell
from .residual_lstm import ResidualLSTM, ResidualLSTMCell
from .retention import Retention, RetentionCell
from .rg_lru import RGLRU, RGLRUCell
from .rhn import RHN, RHNCell
from .rhn_carry import RHNCarry, RHNCarryCell
from .rin import RIN, RINCell
from .rnn import RNN, RNNCell
from .rwkv import RWKV, RWKVCell
from .rwkv5 import RWKV5, RWKV5Cell
from .rwkv6 import RWKV6, RWKV6Cell
from .rwkv7 import RWKV7, RWKV7Cell
from .s5 import S5, S5Cell
from .scrn import SCRN, SCRNCell
from .sgrn import SGRN, SGRNCell
from .sgu import SGU, SGUCell
from .slim_lstm1 import SlimLSTM1, SlimLSTM1Cell
from .slim_lstm2 import SlimLSTM2, SlimLSTM2Cell
from .slim_lstm3 import SlimLSTM3, SlimLSTM3Cell
from .slstm import SLSTM, SLSTMCell
from .slstm_exp import SLSTMExp, SLSTMExpCell
from .slstm_heads import HeadsSLSTM, HeadsSLSTMCell
from .sru import SRU, SRUCell
from .sru_v1 import SRUv1, SRUv1Cell
from .star import STAR, STARCell
from .t_gru import TGRU, TGRUCell
from .t_lstm import TLSTM, TLSTMCell
from .t_rnn import TRNN, TRNNCell
from .tau_gru import TauGRU, TauGRUCell
from .time_lstm import TimeLSTM, TimeLSTMCell
from .ttt_linear import TTTLinear, TTTLinearCell
from .ugrnn import UGRNN, UGRNNCell
from .unicornn import UnICORNN, UnICORNNCell
from .variational_gru import VariationalGRU, VariationalGRUCell
from .variational_lstm import VariationalLSTM, VariationalLSTMCell
from .wmc_lstm import WorkingMemoryLSTM, WorkingMemoryLSTMCell
from .zoneout_lstm import ZoneoutLSTM, ZoneoutLSTMCell

__all__ = [
    "AGRU",
    "ALIF",
    "ATR",
    "AUGRU",
    "BRC",
    "CFN",
    "CTRNN",
    "DSGU",
    "GILR",
    "GILRLSTM",
    "GLA",
    "GRU",
    "GRU1",
    "GRU2",
    "GRU3",
    "GRUD",
    "GRUODE",
    "GSA",
    "HGRN",
    "HGRN2",
    "JANET",
    "KDA",
    "LEM",
    "LIF",
    "LMU",
    "LRU",
    "LSTM",
    "LTC",
    "M2RNN",
    "MCLSTM",
    "MGU",
    "MGU1",
    "MGU2",
    "MGU3",
    "MIRNN",
    "MLSTM",
    "MRNN",
    "MUT1",
    "MUT2",
    "MUT3",
    "NAS",
    "NBRC",
    "ONLSTM",
    "QRNN",
    "QRNN2",
    "RAN",
    "RGLRU",
    "RHN",
    "RIN",
    "RNN",
    "RWKV",
    "RWKV5",
    "RWKV6",
    "RWKV7",
    "S5",
    "SCRN",
    "SGRN",
    "SGU",
    "SLSTM",
    "SRU",
    "STAR",
    "TGRU",
    "TLSTM",
    "TRNN",
    "UGRNN",
    "AGRUCell",
    "ALIFCell",
    "ATRCell",
    "AUGRUCell",
    "AntisymmetricRNN",
    "AntisymmetricRNNCell",
    "BRCCell",
    "CFNCell",
    "CTRNNCell",
    "CfC",
    "CfCCell",
    "ChunkedONLSTM",
    "ChunkedONLSTMCell",
    "ClockworkRNN",
    "ClockworkRNNCell",
    "CoRNN",
    "CoRNNCell",
    "ContextGRU",
    "ContextGRUCell",
    "CoupledLSTM",
    "CoupledLSTMCell",
    "DLinOSS",
    "DLinOSSCell",
    "DSGUCell",
    "DeltaNet",
    "DeltaNetCell",
    "DeltaProduct",
    "DeltaProductCell",
    "DeltaRNN",
    "DeltaRNNCell",
    "EchoState",
    "EchoStateCell",
    "FastGRNN",
    "FastGRNNCell",
    "FastGRNNLowRank",
    "FastGRNNLowRankCell",
    "FastRNN",
    "FastRNNCell",
    "FullGateRecurrenceLSTM",
    "FullGateRecurrenceLSTMCell",
    "GILRCell",
    "GILRLSTMCell",
    "GLACell",
    "GRU1Cell",
    "GRU2Cell",
    "GRU3Cell",
    "GRUCell",
    "GRUChung",
    "GRUChungCell",
    "GRUDCell",
    "GRUODECell",
    "GRUResetBefore",
    "GRUResetBeforeCell",
    "GSACell",
    "GatedAntisymmetricRNN",
    "GatedAntisymmetricRNNCell",
    "GatedDeltaNet",
    "GatedDeltaNetCell",
    "HGRN2Cell",
    "HGRNCell",
    "Hawk",
    "HawkCell",
    "HeadsLSTM",
    "HeadsLSTMCell",
    "HeadsSLSTM",
    "HeadsSLSTMCell",
    "HippoLegS",
    "HippoLegSCell",
    "IndRNN",
    "IndRNNCell",
    "IntersectionRNN",
    "IntersectionRNNCell",
    "JANETCell",
    "JordanRNN",
    "JordanRNNCell",
    "KDACell",
    "LEMCell",
    "LIFCell",
    "LMUCell",
    "LMUEuler",
    "LMUEulerCell",
    "LRUCell",
    "LSTMCell",
    "LTCCell",
    "LayerNormGatesLSTM",
    "LayerNormGatesLSTMCell",
    "LayerNormLSTM",
    "LayerNormLSTMCell",
    "LayerNormStoredLSTM",
    "LayerNormStoredLSTMCell",
    "LeakyRNN",
    "LeakyRNNCell",
    "LiGRU",
    "LiGRUCell",
    "LightRU",
    "LightRUCell",
    "LinOSS",
    "LinOSSCell",
    "LinOSSImplicit",
    "LinOSSImplicitCell",
    "LinearAttention",
    "LinearAttentionCell",
    "LinearLSTM",
    "LinearLSTMCell",
    "LipschitzRNN",
    "LipschitzRNNCell",
    "Longhorn",
    "LonghornCell",
    "M2RNNCell",
    "MCLSTMCell",
    "MGU1Cell",
    "MGU2Cell",
    "MGU3Cell",
    "MGUCell",
    "MIRNNCell",
    "MLSTMCell",
    "MRNNCell",
    "MUT1Cell",
    "MUT2Cell",
    "MUT3Cell",
    "Mamba",
    "Mamba2",
    "Mamba2Cell",
    "Mamba3",
    "Mamba3Cell",
    "MambaCell",
    "MiRU1",
    "MiRU1Cell",
    "MiRU2",
    "MiRU2Cell",
    "MinGRU",
    "MinGRUCell",
    "MinGRULog",
    "MinGRULogCell",
    "MinLSTM",
    "MinLSTMCell",
    "MinLSTMLog",
    "MinLSTMLogCell",
    "MinimalRNN",
    "MinimalRNNCell",
    "MogrifierLSTM",
    "MogrifierLSTMCell",
    "MomentumRNN",
    "MomentumRNNCell",
    "MultiplicativeLSTM",
    "MultiplicativeLSTMCell",
    "NASCell",
    "NBRCCell",
    "NestedLSTM",
    "NestedLSTMCell",
    "NoForgetGateLSTM",
    "NoForgetGateLSTMCell",
    "NoInputActivationLSTM",
    "NoInputActivationLSTMCell",
    "NoInputGateLSTM",
    "NoInputGateLSTMCell",
    "NoOutputActivationLSTM",
    "NoOutputActivationLSTMCell",
    "NoOutputGateLSTM",
    "NoOutputGateLSTMCell",
    "ONLSTMCell",
    "OriginalLSTM",
    "OriginalLSTMCell",
    "ParaGRU",
    "ParaGRUCell",
    "ParaLSTM",
    "ParaLSTMCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "PhasedLSTM",
    "PhasedLSTMCell",
    "ProjectedLSTM",
    "ProjectedLSTMCell",
    "QRNN2Cell",
    "QRNNCell",
    "RANCell",
    "RGLRUCell",
    "RHNCarry",
    "RHNCarryCell",
    "RHNCell",
    "RINCell",
    "RNNCell",
    "RWKV5Cell",
    "RWKV6Cell",
    "RWKV7Cell",
    "RWKVCell",
    "ReLURNN",
    "ReLURNNCell",
    "RealLRU",
    "RealLRUCell",
    "ResidualLSTM",
    "ResidualLSTMCell",
    "Retention",
    "RetentionCell",
    "S5Cell",
    "SCRNCell",
    "SGRNCell",
    "SGUCell",
    "SLSTMCell",
    "SLSTMExp",
    "SLSTMExpCell",
    "SRUCell",
    "SRUv1",
    "SRUv1Cell",
    "STARCell",
    "SlimLSTM1",
    "SlimLSTM1Cell",
    "SlimLSTM2",
    "SlimLSTM2Cell",
    "SlimLSTM3",
    "SlimLSTM3Cell",
    "TGRUCell",
    "TLSTMCell",
    "TRNNCell",
    "TTTLinear",
    "TTTLinearCell",
    "TauGRU",
    "TauGRUCell",
    "TimeLSTM",
    "TimeLSTMCell",
    "UGRNNCell",
    "UnICORNN",
    "UnICORNNCell",
    "VariationalGRU",
    "VariationalGRUCell",
    "VariationalLSTM",
    "VariationalLSTMCell",
    "WorkingMemoryLSTM",
    "WorkingMemoryLSTMCell",
    "ZoneoutLSTM",
    "ZoneoutLSTMCell",
]
