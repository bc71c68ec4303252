"""TEMPORARY plain version, being replaced by the fast one."""
import numpy as np, math
from core.measurements import Heatmap, Histogram, Summary
from core.viewing import viewable

def _np(t):
    v,_=viewable(t); return None if v is None else v.numpy()
def summary(t):
    a=_np(t)
    if a is None: return Summary(t.numel() if not hasattr(t,'cls_to_become') else 0,None,None,None,None,None,0,0,0,0)
    f=a[np.isfinite(a)].astype('f8')
    z=a==0
    return Summary(a.size, float(f.mean()) if f.size else None, float(f.std(ddof=1)) if f.size>1 else None, float(f.min()) if f.size else None, float(f.max()) if f.size else None, float(np.sqrt((f*f).sum())) if f.size else None, int(z.sum()), int((np.signbit(a)&z).sum()), int(np.isnan(a).sum()), int(np.isinf(a).sum()))
def histogram(*ts,bins=60):
    arrs=[_np(t) for t in ts]; fs=[a[np.isfinite(a)].astype('f8') for a in arrs]
    al=np.concatenate(fs); lo,hi=(al.min(),al.max()) if al.size else (0.,1.)
    if lo==hi: m=abs(lo)/2 or .5; lo-=m; hi+=m
    e=np.linspace(lo,hi,bins+1)
    return Histogram(e,tuple(np.histogram(f,e)[0].astype('i8') for f in fs))
def heatmap(t,max_rows=128,max_columns=128,window=None):
    a=_np(t); full=a.shape
    r0,r1,c0,c1=window or (0,full[0],0,full[1]); r1=min(r1,full[0]); c1=min(c1,full[1])
    a=a[r0:r1,c0:c1]; kr=-(-a.shape[0]//max_rows); kc=-(-a.shape[1]//max_columns)
    R,C=-(-a.shape[0]//kr),-(-a.shape[1]//kc)
    p=np.full((R*kr,C*kc),np.nan); p[:a.shape[0],:a.shape[1]]=np.where(np.isfinite(a),a,np.nan)
    fl=np.zeros(p.shape,'u1'); fl[:a.shape[0],:a.shape[1]]=np.isnan(a)*1+np.isposinf(a)*2+np.isneginf(a)*4
    import warnings
    b=p.reshape(R,kr,C,kc)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        m,l,h=np.nanmean(b,(1,3)).astype('f4'),np.nanmin(b,(1,3)).astype('f4'),np.nanmax(b,(1,3)).astype('f4')
    if kr==kc==1: m=l=h
    return Heatmap(m,l,h,np.bitwise_or.reduce(np.bitwise_or.reduce(fl.reshape(R,kr,C,kc),3),1),(r0,c0),(r1-r0,c1-c0),(kr,kc),full)
